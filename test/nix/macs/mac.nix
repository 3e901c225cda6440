# A Mac with secrets at both times, a template, a plugin, and an owner by number.
{ config, pkgs, ... }:
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.plugins = [ pkgs.age-plugin-tpm ];
  sops.secrets.wifi = {
    owner = null;
    uid = 501;
  };
  sops.secrets.alice-password.neededForUsers = true;
  sops.templates.app = {
    content = config.sops.placeholder.wifi;
    owner = "alice";
  };
}
