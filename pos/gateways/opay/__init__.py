"""O'Pay: WeChat payments on the customer's own phone (document 微信公眾號支付 V1.0.3)."""
