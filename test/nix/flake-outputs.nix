# What flake.nix gives, with a stand-in for nixpkgs: the names of its outputs, and that each can be evaluated as far
# as that goes without nixpkgs.
{ lib }:
let
  packages = import ./stand-ins/packages.nix { inherit lib; };
  nixpkgs = {
    inherit lib;
    outPath = "/nix/store/00000000000000000000000000000000-nixpkgs";
    legacyPackages = lib.genAttrs (lib.systems.flakeExposed or lib.systems.doubles.all) (_: packages);
  };
  outputs = (import ../../flake.nix).outputs {
    inherit nixpkgs;
    self = outputs;
  };

  shown =
    derivation:
    if derivation ? outPath then
      {
        inherit (derivation) name;
        description = derivation.meta.description or null;
        license = derivation.meta.license.spdxId or null;
        mainProgram = derivation.meta.mainProgram or null;
        buildPhase = derivation.buildPhase or null;
        installPhase = derivation.installPhase or null;
      }
    else
      null;

  # Each node of a test in a virtual machine, evaluated with the stand-in for NixOS.
  node =
    module:
    let
      inherit
        (lib.evalModules {
          specialArgs.pkgs = packages;
          modules = [
            ./stand-ins/nixos.nix
            module
            # The stand-in has not all options of NixOS.
            { _module.check = false; }
          ];
        })
        config
        ;
    in
    {
      refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
      manifests = map (file: builtins.unsafeDiscardStringContext file.text) [
        config.system.build.sops-nix-manifest
        config.system.build.sops-nix-users-manifest
      ];
    };
  machines = import ./vm { pkgs = packages; };
in
{
  names = lib.mapAttrs (
    name: value: if lib.isAttrs value && !(value ? outPath) then lib.attrNames value else name
  ) outputs;
  systems = lib.attrNames outputs.packages;
  packages = lib.mapAttrs (_: shown) outputs.packages.x86_64-linux;
  overlay = lib.mapAttrs (_: shown) (outputs.overlays.default packages { });
  checks = lib.attrNames outputs.checks.x86_64-linux;
  formatter = shown outputs.formatter.x86_64-linux;
  devShell = shown outputs.devShells.x86_64-linux.default;
  modules = lib.mapAttrs (_: module: toString module.imports) {
    nixos = outputs.nixosModules.default;
    home-manager = outputs.homeManagerModules.default;
    nix-darwin = outputs.darwinModules.default;
  };
  dependencies = (packages.callPackage ../../nix/npm-deps.nix { }).outputHash;
  machines = lib.mapAttrs (_: test: {
    inherit (test) name testScript;
    nodes = lib.mapAttrs (_: node) test.nodes;
  }) machines;
}
