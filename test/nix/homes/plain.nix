# A home as sops-nix knows it.
{ config, ... }:
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.keyFile = "/home/alice/.config/sops/age/keys.txt";
  sops.secrets.wifi = { };
  sops.templates."app.toml".content = "wifi = ${config.sops.placeholder.wifi}";
}
