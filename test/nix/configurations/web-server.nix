# What a server has: owners by name and by number, nested keys, all formats, units to restart and reload.
{
  services.openssh.enable = true;
  users.users.nginx = {
    isSystemUser = true;
    group = "nginx";
  };
  users.groups.nginx = { };
  systemd.services.nginx.serviceConfig.ExecStart = "/bin/true";
  systemd.services."worker@".serviceConfig.ExecStart = "/bin/true";

  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.keepGenerations = 3;
  sops.log = [ "secretChanges" ];
  sops.secrets = {
    "database/password" = {
      owner = "nginx";
      restartUnits = [ "nginx.service" ];
    };
    port = {
      key = "database/port";
      uid = 1000;
      gid = 100;
      mode = "0440";
      reloadUnits = [
        "nginx.service"
        "worker@1.service"
      ];
    };
    whole = {
      key = "";
      group = "keys";
    };
    token = {
      sopsFile = ../vectors/secrets.json;
      format = "json";
      key = "list/0";
    };
    certificate = {
      sopsFile = ../vectors/certificate.bin;
      format = "binary";
      mode = "444";
    };
    environment = {
      sopsFile = ../vectors/service.env;
      format = "dotenv";
    };
  };
}
