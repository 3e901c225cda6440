# What clan-core sets, with our import of the same repository beside it.
{ pkgs, ... }:
let
  repository = ../vectors/repository;
  imported =
    { name, path }:
    builtins.path {
      inherit name;
      path = repository + "/${path}/secret";
    };
in
{
  sops.repository.path = repository;
  sops.validateSopsFiles = true;
  sops.defaultSopsFile = toString (pkgs.writeText "dummy.yaml" "");
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.secrets.api-token = {
    sopsFile = imported {
      name = "api-token";
      path = "sops/secrets/api-token";
    };
    format = "binary";
  };
  sops.secrets."vars/shared/ca/key" = {
    owner = "root";
    group = "root";
    mode = "0400";
    neededForUsers = false;
    restartUnits = [ ];
    sopsFile = imported {
      name = "shared-ca_key";
      path = "vars/shared/ca/key";
    };
    format = "binary";
  };
}
