# The same configurations through the modules of sops-nix and through ours.
{ lib, sopsNix }:
let
  source = /. + sopsNix;
  ours = import ./evaluate.nix { inherit lib; };
  theirs = import ./evaluate.nix {
    inherit lib;
    modules = {
      nixos = source + "/modules/sops";
      home-manager = source + "/modules/home-manager/sops.nix";
      nix-darwin = source + "/modules/nix-darwin";
    };
  };

  # Both start our program, so that only what the modules say differs.
  withProgram =
    file:
    { pkgs, ... }:
    {
      imports = [ file ];
      sops.package = lib.mkDefault (import ../../nix/packages.nix { inherit pkgs; }).hostseal-agent;
    };
  both =
    system: directory: names:
    lib.genAttrs names (
      name:
      lib.mapAttrs (_: evaluate: evaluate.${system} (withProgram (directory + "/${name}.nix"))) {
        inherit ours theirs;
      }
    );
in
{
  nixos = both "nixos" ./configurations [
    "generated-key"
    "generated-key-by-script"
    "gnupg"
    "nothing"
    "own-units"
    "plain-paths"
    "plain-templates"
    "script-waits"
    "sysusers"
    "templates-only"
    "users-before-units"
    "users-by-script"
    "users-by-unit"
    "web-server"
    "wifi"
  ];
  home-manager = both "home-manager" ./homes [ "plain" ];
  nix-darwin = both "nix-darwin" ./macs [ "plain" ];
}
