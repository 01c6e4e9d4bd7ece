"""The page server: payment pages for the customer's phone, and notices of the gateways."""
