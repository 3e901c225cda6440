# `sops.repository`: what the repository holds for this machine becomes `sops.secrets`.
{ config, lib, ... }:
let
  cfg = config.sops;
  imported = import ../sops/repository.nix { inherit lib; } {
    inherit (cfg.repository) path machine;
  };
in
{
  config = lib.mkIf (cfg.repository.path != null) {
    sops.secrets = lib.mapAttrs (_: lib.mapAttrs (_: lib.mkDefault)) imported.secrets;
    sops.machineRecipients = lib.mkDefault imported.recipients;
    assertions = map (message: {
      assertion = false;
      message = "sops.repository: ${message}";
    }) imported.problems;
    inherit (imported) warnings;
  };
}
