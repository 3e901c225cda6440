# Stands in for nix-darwin: the options that our module reads and sets.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
in
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
    networking.hostName = option types.str "mac";
    system.build = option (types.attrsOf types.unspecified) { };
    system.activationScripts.postActivation.text = option types.lines "";
    launchd.daemons = option (types.attrsOf types.anything) { };
  };
}
