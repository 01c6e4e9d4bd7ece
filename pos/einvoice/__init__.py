"""The paper: what an e-invoice's proof says, how it is drawn, and how it reaches a printer."""
