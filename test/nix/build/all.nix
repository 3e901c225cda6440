# Everything that `npm run nix:build` builds, by the kind of thing it is, and what it cannot build here.
{
  # The directory `lib` of nixpkgs, for the evaluated modules; without it the golden files stand in for them.
  library ? null,
}:
let
  pkgs = import ./packages.nix { };
  inherit (pkgs.stdenv.hostPlatform) system;
  nixpkgs = {
    lib = pkgs.lib;
    outPath = ./.;
    legacyPackages = pkgs.lib.genAttrs (pkgs.lib.platforms.linux ++ pkgs.lib.platforms.darwin) (_: pkgs);
  };
  flake = (import ../../../flake.nix).outputs {
    inherit nixpkgs;
    self = flake;
  };
  packages = flake.packages.${system};
  golden = import ./golden.nix { inherit pkgs packages; };
  evaluated = import ./evaluated.nix { inherit library; };

  # Attributes of attributes as attributes.
  flat =
    sets:
    builtins.listToAttrs (
      builtins.concatMap (
        set:
        map (name: {
          name = "${set} ${name}";
          value = sets.${set}.${name};
        }) (builtins.attrNames sets.${set})
      ) (builtins.attrNames sets)
    );
  manifests = flat (builtins.mapAttrs (_: machine: machine.manifests) golden.nixos);
  isHere = _: check: check.needs == "";
  inherit (pkgs.lib) filterAttrs;

  built = {
    dependencies.npm = pkgs.callPackage ../../../nix/npm-deps.nix { };
    packages = removeAttrs packages [ "default" ] // {
      # As a host builds it that has this Node anyway.
      sharing = packages.hostseal-agent.override { nodejs = pkgs.nodejs_24; };
    };
    checks = filterAttrs isHere flake.checks.${system};
    manifests = manifests // flat { inherit (golden) home-manager nix-darwin; };
    systems = builtins.mapAttrs (_: machine: machine.system) golden.nixos;
  }
  // (if library == null then { } else { inherit evaluated; });
in
{
  derivations = builtins.mapAttrs (_: builtins.mapAttrs (_: one: one.drvPath)) built;
  missing = builtins.mapAttrs (_: check: check.needs) (
    filterAttrs (name: check: !isHere name check) flake.checks.${system}
  );
  inherit (packages) hostseal hostseal-agent;
  systems = built.systems;
}
