# The packages, by the names that flakes and modules ask for.
{ pkgs }:
let
  hostseal = pkgs.callPackage ./package.nix { program = "hostseal"; };
  hostseal-agent = pkgs.callPackage ./package.nix { program = "hostseal-agent"; };
in
{
  inherit hostseal hostseal-agent;
  default = hostseal;
  sops-install-secrets = hostseal-agent;
}
