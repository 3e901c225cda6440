# Templates at both times, a secret whose file has another name, and a template from a file.
{ config, ... }:
let
  inherit (config.sops) placeholder;
in
{
  services.openssh.enable = true;
  services.userborn.enable = true;
  users.users.app = {
    isSystemUser = true;
    group = "app";
  };
  users.groups.app = { };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets = {
    wifi.name = "home-wifi";
    database = {
      key = "database/password";
    };
    alice-password.neededForUsers = true;
  };
  sops.templates = {
    "app.toml" = {
      content = ''
        password = "${placeholder.database}"
        wifi = "${placeholder.wifi}"
        quoted = ${config.sops.placeholderAs.json.wifi}
      '';
      owner = "app";
      path = "/etc/app/app.toml";
      restartUnits = [ "sshd-keygen.service" ];
    };
    "from-file" = {
      file = ../vectors/template.in;
      content = "ignored: ${placeholder.wifi}";
      uid = 1000;
    };
    early = {
      content = "alice:${placeholder.alice-password}";
      neededForUsers = true;
    };
  };
}
