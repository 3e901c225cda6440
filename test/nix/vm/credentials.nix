# A service without a user of its own reads its secret through LoadCredential.
{
  name = "hostseal-credentials";

  nodes.machine =
    { config, ... }:
    {
      imports = [ ./machine.nix ];
      sops.secrets."database/password" = { };
      systemd.services.app = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          DynamicUser = true;
          RuntimeDirectory = "app";
          LoadCredential = [ config.sops.secrets."database/password".loadCredential ];
          ExecStart = "/run/current-system/sw/bin/cp %d/database-password /run/app/seen";
        };
      };
    };

  testScript = ''
    machine.wait_for_unit("app.service")
    assert machine.succeed("cat /run/app/seen") == "CANARY database"
    assert machine.succeed("stat -Lc '%U %a' /run/secrets/database/password").strip() == "root 400"
  '';
}
