# A service without a user of its own gets its secrets from systemd.
{ config, ... }:
let
  inherit (config.sops) secrets;
in
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets."database/password".restartUnits = [ "app.service" ];
  systemd.services.app = {
    description = "App";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "/run/current-system/sw/bin/app";
      LoadCredential = [ secrets."database/password".loadCredential ];
    };
  };
}
