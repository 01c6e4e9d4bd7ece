"""O'Pay: periodic credit card authorisations (信用卡定期定額, AIO V4)."""
