# There is no ordering cycle, neither at boot nor at shutdown, where the key has a file system of its own.
{
  name = "hostseal-shutdown";

  nodes.machine =
    { lib, ... }:
    {
      imports = [ ./machine.nix ];
      services.userborn.enable = true;
      virtualisation.fileSystems."/persist" = {
        fsType = "tmpfs";
        neededForBoot = true;
      };
      systemd.tmpfiles.settings.key."/persist/ssh_host_ed25519_key".C = {
        argument = "/etc/ssh/ssh_host_ed25519_key";
        mode = "0600";
      };
      sops.age.sshKeyPaths = lib.mkForce [
        "/etc/ssh/ssh_host_ed25519_key"
        "/persist/ssh_host_ed25519_key"
      ];
      sops.secrets.alice-password.neededForUsers = true;
      sops.secrets.wifi = { };
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.fail("journalctl -b | grep -i 'ordering cycle'")
    machine.execute("systemctl poweroff --no-block")
    machine.wait_for_console_text("Reached target .*[Pp]ower.*[Oo]ff|reboot: Power down")
    machine.wait_for_shutdown()
    assert "ordering cycle" not in machine.get_console_log()
  '';
}
