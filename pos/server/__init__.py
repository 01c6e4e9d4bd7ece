"""The shop's side of the network: payment pages for the customer's phone, notifications from the gateways."""
