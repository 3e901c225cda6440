# The manifest of generators of some machines: with our options, and with what clan's options give.
{ lib }:
let
  evaluate = import ./evaluate.nix { inherit lib; };
  inherit (evaluate) pkgs;
  machine = configuration: {
    inherit pkgs;
    config = evaluate.config pkgs "nixos" configuration;
  };
  clanFile = {
    secret = true;
    deploy = true;
    owner = "root";
    group = "root";
    mode = "0400";
    neededFor = "services";
    restartUnits = [ ];
  };
in
(import ../../nix/generators/manifest.nix { inherit lib; }).generators {
  web = machine (
    { config, ... }:
    {
      sops.age.keyFile = "/var/lib/sops-nix/key.txt";
      sops.generators = {
        ca = {
          share = true;
          files.key.make.tls-key = { };
          files.certificate = {
            secret = false;
            make.tls-ca = {
              key = "key";
              name = "Example";
            };
          };
          rotate = {
            maxAge = "90d";
            confirm = true;
          };
        };
        app = {
          dependencies = [ "ca" ];
          readers.groups = [ "admins" ];
          prompts.token = {
            type = "hidden";
            persist = true;
          };
          files.env = {
            restartUnits = [ "app.service" ];
            make.template = "TOKEN=${config.sops.generators.app.prompts.token.placeholder}\nCA=${config.sops.generators.ca.files.certificate.placeholder}\n";
          };
          files.other.make.prompt.orElse.random.length = 16;
          validation = {
            port = 80;
            names.web = "x";
          };
          rotate.apply = "true";
        };
        script = {
          files.key = { };
          runtimeInputs = [ pkgs.age ];
          script = "age-keygen > $out/key";
        };
        late = {
          files.value.make.template = "CA: ${config.sops.generators.ca.files.certificate.value}";
        };
      };
    }
  );
  clan = {
    inherit pkgs;
    config.clan.core.vars.generators.openssh = rec {
      name = "openssh";
      share = false;
      dependencies = [ ];
      validationHash = null;
      prompts.password = {
        name = "password";
        type = "hidden";
        description = "The password";
        persist = true;
      };
      files.key = clanFile;
      files."key.pub" = clanFile // {
        secret = false;
      };
      script = "ssh-keygen -f $out/key";
      runtimeInputs = [ pkgs.age ];
      finalScript = pkgs.writeShellScript "generator-openssh" script;
    };
  };
}
