# The module alone changes nothing but the target, which others may name.
{ }
