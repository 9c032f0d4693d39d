"""What comes is held against what is there: how much of it is new, and when too little of it is to go on."""
