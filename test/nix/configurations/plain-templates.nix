# Templates as sops-nix knows them.
{ config, ... }:
{
  services.openssh.enable = true;
  users.users.app = {
    isSystemUser = true;
    group = "app";
  };
  users.groups.app = { };
  systemd.services.app.serviceConfig.ExecStart = "/bin/true";
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.wifi = { };
  sops.secrets.renamed = {
    key = "wifi";
    name = "other-name";
  };
  sops.templates."app.toml" = {
    content = "wifi = ${config.sops.placeholder.wifi}";
    owner = "app";
    restartUnits = [ "app.service" ];
  };
  sops.templates.both = {
    content = "ignored";
    file = ../vectors/template.in;
  };
}
