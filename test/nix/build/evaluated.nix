# The manifests of all configurations of test/nix, as the modules make them with the real library of nixpkgs.
{ library }:
let
  lib = import library;
  pkgs = import ./packages.nix {
    # Sets of files need a Nix that can tell what a path is; 2.8 cannot.
    lib = lib // {
      inherit (import ./lib.nix) fileset;
    };
  };
  configOf = (import ../evaluate.nix { inherit lib; }).config pkgs;
  each =
    kind: directory: names:
    lib.concatMapAttrs (
      file: _:
      let
        name = lib.removeSuffix ".nix" file;
        inherit (configOf kind (directory + "/${file}")) system;
      in
      lib.mapAttrs' (attribute: kind: lib.nameValuePair "${name}${kind}" system.build.${attribute}) names
    ) (builtins.readDir directory);
  kinds = {
    sops-nix-manifest = "";
    sops-nix-users-manifest = " for users";
  };
  # A home has its manifest in the script that its unit starts.
  homes = lib.mapAttrs' (
    file: _:
    let
      name = "home ${lib.removeSuffix ".nix" file}";
      units = (configOf "home-manager" (../homes + "/${file}")).systemd.user.services;
    in
    lib.nameValuePair name (
      pkgs.runCommand "home" { } "ln -s ${units.sops-nix.Service.ExecStart} $out"
    )
  ) (builtins.readDir ../homes);
in
homes
// each "nixos" ../configurations kinds
// lib.mapAttrs' (name: lib.nameValuePair "mac ${name}") (each "nix-darwin" ../macs kinds)
