"""QFPay: Alipay and WeChat codes (document 支付寶線上支付, and the public documents)."""
