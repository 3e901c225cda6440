# A home with a secret, a template, and units of the user to restart.
{ config, pkgs, ... }:
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.keyFile = "/home/alice/.config/sops/age/keys.txt";
  sops.age.generateKey = true;
  sops.age.plugins = [ pkgs.age-plugin-tpm ];
  sops.secrets.wifi = {
    restartUnits = [ "app.service" ];
    path = "%r/app/wifi";
  };
  sops.secrets.database = {
    key = "database/password";
    name = "db";
    symlink = false;
  };
  sops.templates."app.toml" = {
    content = "wifi = ${config.sops.placeholder.wifi}";
    reloadUnits = [ "app.service" ];
  };
}
