# The same where a script installs the secrets: it has failed by then, and the unit is started by hand.
{ lib, ... }:
{
  imports = [ ./late-key.nix ];
  sops.useSystemdActivation = false;
  sops.agent.watch = lib.mkForce false;
}
