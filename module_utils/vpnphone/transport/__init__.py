"""Who talks to the outside. Transport knows the model and the errors; it judges nothing."""
