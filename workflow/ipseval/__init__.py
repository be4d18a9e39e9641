"""ipseval: from a trial's extracts to every table and figure of its report."""
