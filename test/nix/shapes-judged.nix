# Which shapes evaluate, with one family of modules: the messages of what does not, `null` for what fails without one.
{
  lib,
  sopsNix ? null,
}:
let
  source = /. + sopsNix;
  evaluate = import ./evaluate.nix (
    {
      inherit lib;
    }
    // lib.optionalAttrs (sopsNix != null) {
      modules = {
        nixos = source + "/modules/sops";
        home-manager = source + "/modules/home-manager/sops.nix";
        nix-darwin = source + "/modules/nix-darwin";
      };
    }
  );
  # What NixOS declares of every user, and a configuration may ask for.
  users =
    { lib, ... }:
    {
      options.users.users = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submodule (
            { name, ... }:
            {
              options.name = lib.mkOption {
                type = lib.types.str;
                default = name;
              };
            }
          )
        );
      };
    };
  withProgram =
    shape:
    { pkgs, ... }:
    {
      imports = [ shape ];
      sops.package = lib.mkDefault (import ../../nix/packages.nix { inherit pkgs; }).hostseal-agent;
    };
  judge =
    system: shape:
    let
      made = evaluate.${system} {
        imports = [ (withProgram shape) ] ++ lib.optional (system == "nixos") users;
      };
      tried = builtins.tryEval (builtins.deepSeq made made.refused);
    in
    if tried.success then tried.value else null;
in
lib.mapAttrs (system: lib.mapAttrs (_: judge system)) (import ./shapes.nix)
