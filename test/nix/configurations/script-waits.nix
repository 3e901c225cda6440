# Scripts of the configuration read secrets, and wait for the script of sops-nix in the ways that people write it.
{ config, lib, ... }:
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.wifi = { };
  system.activationScripts = {
    netrc = {
      deps = [ "setupSecrets" ];
      text = "cat ${config.sops.secrets.wifi.path}";
    };
    seed = lib.stringAfter (
      lib.optional (config.system.activationScripts ? setupSecrets) "setupSecrets"
    ) "cat ${config.sops.secrets.wifi.path}";
    careful = {
      deps = lib.optional (!config.sops.useSystemdActivation) "setupSecrets";
      text = "cat ${config.sops.secrets.wifi.path}";
    };
  };
}
