# The packages, by the names that flakes and modules ask for.
{ pkgs }:
let
  package =
    program:
    pkgs.callPackage ./package.nix {
      inherit program;
      nodejs = pkgs.nodejs-slim_24;
    };
  hostseal = package "hostseal";
  hostseal-agent = package "hostseal-agent";
in
{
  inherit hostseal hostseal-agent;
  default = hostseal;
  sops-install-secrets = hostseal-agent;
}
