"""`ipseval new-trial`: from a file of one row a person to the declarations of a trial."""
