# The same by an activation script.
{
  imports = [ ./early-units.nix ];
  sops.useSystemdActivation = false;
}
