# `sops.repository`: what the repository holds for this machine becomes `sops.secrets`. It is the same on NixOS and
# nix-darwin.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.sops.repository;
  imported = import ./repository.nix { inherit lib; } { inherit (cfg) path machine; };
in
{
  options.sops.repository = {
    path = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "./.";
      description = ''
        The directory that holds `sops/` and `vars/`, as `hostseal` and `clan secrets` write them. All that is addressed
        to this machine becomes {option}`sops.secrets`: secrets by their names, vars as `vars/…`. What is set by hand
        wins.
      '';
    };

    machine = mkOption {
      type = types.str;
      default = config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      example = "web01";
      description = "The name that the repository has for this machine.";
    };

    found = mkOption {
      type = types.listOf types.str;
      internal = true;
      visible = false;
      default = [ ];
      description = "The names of what is addressed to this machine.";
    };
  };

  config = lib.mkIf (cfg.path != null) {
    sops.repository.found = lib.attrNames imported.secrets;
    sops.secrets = lib.mapAttrs (_: lib.mapAttrs (_: lib.mkDefault)) imported.secrets;
    sops.machineRecipients = lib.mkDefault imported.recipients;
    assertions = map (message: {
      assertion = false;
      message = "sops.repository: ${message}";
    }) imported.problems;
    inherit (imported) warnings;
  };
}
