"""From the hits of one run to one mail: when it is due, what it says, how it looks. Pure."""
