# Configurations that are refused or warned about, each for one reason.
let
  machine = {
    services.openssh.enable = true;
    sops.defaultSopsFile = ./vectors/secrets.yaml;
  };
  with' = configuration: { imports = [ machine ] ++ [ configuration ]; };
  secrets = secrets: with' { sops = { inherit secrets; }; };
in
{
  no-key = {
    sops.defaultSopsFile = ./vectors/secrets.yaml;
    sops.secrets.wifi = { };
  };
  two-kinds-of-gnupg-keys = with' {
    sops.gnupg.home = "/root/.gnupg";
    sops.secrets.wifi = { };
  };
  generated-key-without-a-place = with' {
    sops.age.generateKey = true;
    sops.secrets.wifi = { };
  };
  key-in-the-store = with' {
    sops.age.sshKeyPaths = [ "${./vectors/ssh_host_ed25519_key}" ];
    sops.secrets.wifi = { };
  };
  key-that-is-a-secret = with' {
    sops.age.keyFile = "/run/secrets/key";
    sops.secrets.key.key = "wifi";
  };
  host-key-that-is-a-secret = with' {
    services.openssh.hostKeys = [
      {
        type = "ed25519";
        path = "/etc/ssh/ssh_host_ed25519_key";
      }
    ];
    sops.secrets.host-key = {
      key = "wifi";
      path = "/etc/ssh/ssh_host_ed25519_key";
    };
  };
  key-on-a-late-file-system = with' {
    services.userborn.enable = true;
    fileSystems."/persist".fsType = "ext4";
    sops.age.sshKeyPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
    sops.secrets.alice-password.neededForUsers = true;
  };
  key-on-a-late-file-system-by-script = with' {
    fileSystems."/persist".fsType = "ext4";
    sops.useSystemdActivation = false;
    sops.age.sshKeyPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
    sops.secrets.wifi = { };
  };
  key-file-on-a-late-file-system = with' {
    fileSystems."/persist".fsType = "ext4";
    sops.age.keyFile = "/persist/key.txt";
    sops.secrets.alice-password.neededForUsers = true;
  };
  one-of-two-keys-on-a-late-file-system = with' {
    fileSystems."/persist".fsType = "ext4";
    sops.age.sshKeyPaths = [
      "/etc/ssh/ssh_host_ed25519_key"
      "/persist/etc/ssh/ssh_host_ed25519_key"
    ];
    sops.secrets.alice-password.neededForUsers = true;
  };
  owner-and-uid = secrets {
    wifi = {
      owner = "root";
      uid = 1000;
    };
  };
  group-and-gid-unvalidated = with' {
    sops.validateSopsFiles = false;
    sops.secrets.wifi = {
      group = "root";
      gid = 100;
    };
  };
  template-owner-and-uid = with' {
    sops.templates.t = {
      owner = "root";
      uid = 1000;
    };
  };
  copy-on-a-disk = secrets {
    wifi = {
      path = "/etc/wifi";
      symlink = false;
    };
    token = {
      key = "wifi";
      path = "/run/app/token";
      symlink = false;
    };
  };
  copy-on-memory = with' {
    fileSystems."/".fsType = "tmpfs";
    fileSystems."/persist".fsType = "ext4";
    sops.secrets.wifi = {
      path = "/etc/wifi";
      symlink = false;
    };
    sops.secrets.kept = {
      key = "wifi";
      path = "/persist/wifi";
      symlink = false;
    };
  };
  owner-not-declared = secrets { wifi.owner = "ghost"; };
  owner-not-declared-with-group = secrets {
    wifi = {
      owner = "ghost";
      group = "root";
    };
  };
  group-not-declared = secrets { wifi.group = "ghosts"; };
  users-secret-of-a-user = with' {
    services.userborn.enable = true;
    users.users.alice = {
      isNormalUser = true;
      group = "users";
    };
    users.groups.users = { };
    sops.secrets.alice-password = {
      neededForUsers = true;
      owner = "alice";
    };
  };
  users-secret-of-a-uid = with' {
    services.userborn.enable = true;
    sops.secrets.alice-password = {
      neededForUsers = true;
      uid = 1000;
    };
  };
  sysusers-with-immutable-users = with' {
    systemd.sysusers.enable = true;
    users.mutableUsers = false;
    sops.secrets.alice-password.neededForUsers = true;
  };
  another-key-that-is-a-secret = with' {
    sops.age.sshKeyPaths = [
      "/etc/ssh/ssh_host_ed25519_key"
      "/home/alice/.ssh/id_ed25519"
    ];
    sops.secrets.alice-key = {
      key = "wifi";
      path = "/home/alice/.ssh/id_ed25519";
    };
  };
  disabled-user-with-a-late-password = with' {
    users.users.alice = {
      isNormalUser = true;
      group = "users";
      enable = false;
      hashedPasswordFile = "/run/secrets/alice-password";
    };
    sops.secrets.alice-password.restartUnits = [ "none.service" ];
  };
  template-without-a-key = {
    sops.templates.t.content = "";
    sops.templates.t.restartUnits = [ "none.service" ];
  };
  script-that-reads-a-secret = with' {
    sops.secrets.wifi = { };
    system.activationScripts.zzz = "cat /run/secrets/wifi";
  };
  units-after-sysinit = with' {
    sops.useSystemdActivation = true;
    sops.secrets.wifi = { };
    systemd.sockets.pcscd = { };
    systemd.services.sops-install-secrets.after = [ "pcscd.socket" ];
  };
  key-on-a-remote-file-system = with' {
    fileSystems."/keys" = {
      fsType = "nfs";
      device = "server:/keys";
    };
    sops.age.keyFile = "/keys/web.txt";
    sops.secrets.wifi = { };
    systemd.services.early = {
      unitConfig.DefaultDependencies = false;
      serviceConfig.EnvironmentFile = "/run/secrets/wifi";
    };
  };
  key-on-a-late-mount-unit = with' {
    services.userborn.enable = true;
    systemd.mounts = [
      {
        what = "/dev/sdb";
        where = "/persist";
      }
    ];
    sops.age.sshKeyPaths = [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
    sops.secrets.alice-password.neededForUsers = true;
  };
  mount-that-wants-a-secret-and-has-the-key = with' {
    services.userborn.enable = true;
    fileSystems."/data" = {
      fsType = "ext4";
      options = [ "passfile=/run/secrets/wifi" ];
    };
    sops.age.sshKeyPaths = [ "/data/ssh_host_ed25519_key" ];
    sops.secrets.wifi = { };
  };
  container-that-binds-a-secret = with' {
    containers.web.bindMounts."/run/secrets/wifi" = { };
    virtualisation.oci-containers.containers.cache.volumes = [ "/run/secrets:/run/secrets:ro" ];
    sops.secrets.wifi = { };
  };
  key-bound-by-a-service-and-a-script = {
    imports = [ ./configurations/key-bound-by-a-service.nix ];
    sops.useSystemdActivation = false;
  };
  late-password = with' {
    users.users.alice = {
      isNormalUser = true;
      group = "users";
      hashedPasswordFile = "/run/secrets/alice-password";
    };
    sops.secrets.alice-password = { };
  };
  same-name = secrets {
    a = { };
    b.name = "a";
  };
  name-inside-another = secrets {
    a = { };
    "a/b" = { };
  };
  name-inside-a-template = with' {
    sops.secrets."rendered/app/key" = { };
    sops.templates.app.content = "";
  };
  name-that-escapes = secrets { x.name = "../../etc/shadow"; };
  name-that-is-absolute = secrets { x.name = "/etc/shadow"; };
  same-path = secrets {
    a.path = "/etc/app/key";
    b.path = "/etc/app/key";
  };
  template-of-a-users-secret =
    { config, ... }:
    with' {
      services.userborn.enable = true;
      sops.secrets.alice-password.neededForUsers = true;
      sops.templates.t.content = config.sops.placeholder.alice-password;
    };
  filtered-template-of-a-users-secret =
    { config, ... }:
    with' {
      services.userborn.enable = true;
      sops.secrets.alice-password.neededForUsers = true;
      sops.templates.t.content = config.sops.placeholderAs.json.alice-password;
    };
  users-template-of-a-secret =
    { config, ... }:
    with' {
      services.userborn.enable = true;
      sops.secrets.wifi = { };
      sops.templates.t = {
        neededForUsers = true;
        content = config.sops.placeholder.wifi;
      };
    };
  unknown-units = with' {
    systemd.services.nginx = { };
    sops.secrets.wifi = {
      restartUnits = [
        "nginx"
        "ngixn.service"
      ];
      reloadUnits = [ "worker@1.service" ];
    };
  };
  key-in-a-home = with' {
    sops.age.keyFile = "/home/alice/.config/sops/age/keys.txt";
    sops.age.sshKeyPaths = [ "/home/alice/.ssh/id_ed25519" ];
    sops.secrets.wifi = { };
  };
  key-that-is-a-link-to-the-store = with' {
    environment.etc."ssh/key".source = ./vectors/ssh_host_ed25519_key;
    sops.age.sshKeyPaths = [ "/etc/ssh/key" ];
    sops.secrets.wifi = { };
  };
  broken-repository = {
    services.openssh.enable = true;
    sops.repository.path = ./vectors/broken-repository;
    sops.repository.machine = "web";
  };
  repository-without-this-machine = {
    services.openssh.enable = true;
    sops.repository.path = ./vectors/repository;
    sops.repository.machine = "wbe";
  };
  dangling-link = {
    services.openssh.enable = true;
    sops.repository.path = ./vectors/broken-repository;
    sops.repository.machine = "old";
  };
}
