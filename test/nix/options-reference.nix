# The options of a module as data for docs/options.md. They are read with a `pkgs` whose every attribute throws, so a
# default that is computed and has no text of its own cannot hide.
{ lib }:
system:
let
  pkgs = lib.mapAttrs (name: _: throw "the options ask for pkgs.${name}") (
    import ./stand-ins/packages.nix { inherit lib; }
  );
  inherit
    (lib.evalModules {
      specialArgs = { inherit pkgs; };
      modules = [
        ./stand-ins/${system}.nix
        ../../nix/${system}/options.nix
      ]
      ++ lib.optional (system != "home-manager") ../../nix/sops/repository-import.nix
      ++ lib.optional (system == "nixos") ../../nix/generators;
    })
    options
    ;

  value =
    given:
    if given ? _type then
      {
        inherit (given) text;
        prose = given._type == "literalMD";
      }
    else
      {
        text = lib.generators.toPretty { } given;
        prose = false;
      };
  entry = option: {
    inherit (option)
      name
      description
      type
      readOnly
      ;
    default = if option ? default then value option.default else null;
    example = if option ? example then value option.example else null;
  };
in
map entry (
  lib.filter (option: option.visible && !option.internal && lib.hasPrefix "sops." option.name) (
    lib.optionAttrSetToDocList options
  )
)
