# Stands in for home-manager: the options that our module reads and sets.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  anything = option (types.attrsOf types.anything) { };
  primitive = types.oneOf [
    types.bool
    types.int
    types.str
    types.path
    types.package
  ];
  # The sections of a unit, and the settings of a section.
  unit = types.attrsOf (types.attrsOf (types.either primitive (types.listOf primitive)));
in
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
    xdg.configHome = option types.str "/home/alice/.config";
    home = {
      username = option types.str "alice";
      homeDirectory = option types.str "/home/alice";
      sessionVariables = option (types.lazyAttrsOf (
        types.oneOf [
          types.str
          types.path
          types.int
          types.float
        ]
      )) { };
      activation = anything;
    };
    systemd.user.services = option (types.attrsOf unit) { };
    systemd.user.systemctlPath = option types.str "${pkgs.systemd}/bin/systemctl";
    launchd.agents = anything;
  };
}
