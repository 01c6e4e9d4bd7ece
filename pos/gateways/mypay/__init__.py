"""MyPay: payment pages, e-invoices and further services (document MYPAY LINK PayPage 1.0.6)."""
