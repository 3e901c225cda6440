{
  description = "Stands in for nixpkgs: nix flake check --impure --no-build --override-input nixpkgs path:./test/nix/build";

  outputs =
    { self }:
    let
      lib = import ./lib.nix;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs (lib.platforms.linux ++ lib.platforms.darwin) (
        system: import ./packages.nix { inherit system; }
      );
    };
}
