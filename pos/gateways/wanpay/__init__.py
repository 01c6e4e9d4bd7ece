"""WanPay: virtual ATM accounts (document ATM 虛擬帳號 V1.3)."""
