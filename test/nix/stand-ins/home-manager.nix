# Stands in for home-manager: the options that our module reads and sets.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  anything = option (types.attrsOf types.anything) { };
in
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
    xdg.configHome = option types.str "/home/alice/.config";
    home = {
      username = option types.str "alice";
      homeDirectory = option types.str "/home/alice";
      sessionVariables = anything;
      activation = anything;
    };
    systemd.user.services = anything;
    systemd.user.systemctlPath = option types.str "/run/current-system/sw/bin/systemctl";
    launchd.agents = anything;
  };
}
