# Values that generators make: those that are there, with what the machine does with them.
{
  services.openssh.enable = true;
  services.userborn.enable = true;
  users.users.app = {
    isSystemUser = true;
    group = "app";
  };
  users.groups.app = { };
  sops.repository.path = ../vectors/repository;
  sops.generators = {
    ca = {
      share = true;
      files.key = {
        owner = "app";
        group = "app";
        mode = "0440";
        make.tls-key = { };
        restartUnits = [ "app.service" ];
      };
      files.certificate = {
        secret = false;
        make.tls-ca = {
          key = "key";
          name = "Example";
        };
      };
      rotate.apply = "apply < $CREDENTIALS_DIRECTORY/key";
    };
    root-password = {
      files.hash = {
        neededFor = "users";
        make.hash.of = "plain";
      };
      files.plain.deploy = false;
      files.plain.make.passphrase = { };
    };
    fresh = {
      files.token.make.random = { };
      dependencies = [ "ca" ];
    };
  };
  systemd.services.app.serviceConfig.ExecStart = "/bin/app";
}
