# Shapes that public configurations of sops-nix have, each rebuilt in a few lines: what people write, and how they write it.
let
  sopsFile = ./vectors/secrets.yaml;
  base = {
    sops.defaultSopsFile = sopsFile;
    sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  };
  user = name: {
    users.users.${name} = {
      isNormalUser = true;
      group = "users";
    };
    users.groups.users = { };
  };
  with' = modules: { imports = [ base ] ++ modules; };
  secret = fields: with' [ { sops.secrets.wifi = fields; } ];
in
{
  nixos = {
    one-secret-by-host-key = {
      services.openssh.enable = true;
      sops.defaultSopsFile = sopsFile;
      sops.secrets.wifi = { };
    };
    host-keys-by-hand = {
      services.openssh.enable = true;
      sops.defaultSopsFile = sopsFile;
      sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
      sops.secrets.wifi = { };
    };
    host-key-without-a-server = {
      sops.defaultSopsFile = sopsFile;
      sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
      sops.gnupg.sshKeyPaths = [ ];
      sops.secrets.wifi = { };
    };
    key-file-beside-host-keys-and-generated = {
      services.openssh.enable = true;
      sops.defaultSopsFile = sopsFile;
      sops.defaultSopsFormat = "yaml";
      sops.age = {
        sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
        keyFile = "/var/lib/sops-nix/key.txt";
        generateKey = true;
      };
      sops.secrets.wifi = { };
    };
    key-file-in-a-home = {
      imports = [ (user "alice") ];
      sops.defaultSopsFile = sopsFile;
      sops.age.keyFile = "/home/alice/.config/sops/age/keys.txt";
      sops.age.generateKey = true;
      sops.secrets.wifi.owner = "alice";
    };
    key-file-in-the-home-of-root = {
      sops.defaultSopsFile = sopsFile;
      sops.age.keyFile = "/root/.config/sops/age/keys.txt";
      sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
      sops.secrets.wifi = { };
    };
    key-on-a-persisted-place =
      { lib, ... }:
      {
        services.openssh.enable = true;
        fileSystems."/persist" = {
          device = "/dev/disk/by-label/persist";
          fsType = "ext4";
          neededForBoot = true;
        };
        sops.defaultSopsFile = sopsFile;
        sops.age.sshKeyPaths = lib.mkForce [ "/persist/etc/ssh/ssh_host_ed25519_key" ];
        sops.gnupg.sshKeyPaths = lib.mkForce [ ];
        sops.secrets.wifi.neededForUsers = true;
      };
    key-on-a-persisted-place-that-is-not-needed-for-boot = {
      fileSystems."/persist" = {
        device = "/dev/disk/by-label/persist";
        fsType = "ext4";
      };
      sops.defaultSopsFile = sopsFile;
      sops.age.keyFile = "/persist/var/lib/sops-nix/key.txt";
      sops.secrets.wifi = { };
    };
    all-keys-of-the-server-that-are-ed25519 =
      { config, lib, ... }:
      {
        services.openssh.enable = true;
        sops.defaultSopsFile = sopsFile;
        sops.age.sshKeyPaths = map (key: key.path) (
          lib.filter (key: key.type == "ed25519") config.services.openssh.hostKeys
        );
        sops.secrets.wifi = { };
      };
    rsa-host-key-as-pgp = {
      sops.defaultSopsFile = sopsFile;
      sops.gnupg.sshKeyPaths = [ "/etc/ssh/ssh_host_rsa_key" ];
      sops.secrets.wifi = { };
    };
    gnupg-home = {
      sops.defaultSopsFile = sopsFile;
      sops.gnupg.home = "/var/lib/sops/gnupg";
      sops.gnupg.sshKeyPaths = [ ];
      sops.secrets.wifi = { };
    };
    no-secret-at-all = {
      sops.defaultSopsFile = sopsFile;
      sops.validateSopsFiles = false;
    };
    not-validated-from-another-input =
      { config, ... }:
      {
        sops.defaultSopsFile = "/srv/secrets/${config.networking.hostName}.yaml";
        sops.validateSopsFiles = false;
        sops.age.keyFile = "/var/lib/sops-nix/key.txt";
        sops.secrets.admin-passwd = { };
      };
    not-validated-from-the-store-as-text = {
      sops.defaultSopsFile = "${sopsFile}";
      sops.validateSopsFiles = false;
      sops.age.keyFile = "/var/lib/sops-nix/key.txt";
      sops.secrets.wifi = { };
    };
    validated-from-the-store-as-text = {
      sops.defaultSopsFile = "${./vectors}/secrets.yaml";
      sops.age.keyFile = "/var/lib/sops-nix/key.txt";
      sops.secrets.wifi = { };
    };
    folder-and-text =
      { config, ... }:
      {
        sops.age.keyFile = "/var/lib/sops-nix/key.txt";
        sops.secrets.wifi = {
          sopsFile = ./. + "/vectors/${if config.networking.hostName == "web" then "secrets" else "x"}.yaml";
        };
      };
    an-empty-default-file =
      { pkgs, ... }:
      {
        sops.defaultSopsFile = pkgs.writeText "dummy.yaml" "";
        sops.validateSopsFiles = false;
        sops.age.keyFile = "/etc/dummy-key";
        sops.secrets.wifi = { };
      };
    a-path-that-a-test-replaces =
      { lib, ... }:
      with' [
        {
          sops.secrets.wifi.path = lib.mkForce "/etc/mock-wifi";
          environment.etc."mock-wifi".text = "x";
        }
      ];
    nested-names = with' [
      {
        sops.secrets."database/password" = { };
        sops.secrets."passwords/root".key = "alice-password";
        sops.secrets."passwords/root".neededForUsers = true;
      }
    ];
    whole-files-in-every-format = with' [
      {
        sops.secrets."authelia/authelia.env" = {
          sopsFile = ./vectors/service.env;
          format = "dotenv";
          key = "";
          restartUnits = [ "podman-authelia.service" ];
        };
        sops.secrets."authelia/users.yaml" = {
          inherit sopsFile;
          key = "";
        };
        sops.secrets.certificate = {
          sopsFile = ./vectors/certificate.bin;
          format = "binary";
          mode = "0000";
        };
        sops.secrets."config.json" = {
          sopsFile = ./vectors/secrets.json;
          format = "json";
          key = "";
        };
      }
    ];
    default-format-of-another-kind = {
      sops.defaultSopsFile = ./vectors/service.env;
      sops.defaultSopsFormat = "dotenv";
      sops.age.keyFile = "/var/lib/sops-nix/key.txt";
      sops.secrets.env = { };
    };
    modes-as-people-write-them = with' [
      {
        sops.secrets.wifi.mode = "400";
        sops.secrets.alice-password.mode = "0650";
        sops.secrets."database/password".mode = "0440";
      }
    ];
    modes-with-three-digits-and-set-uid = with' [
      {
        sops.secrets.wifi.mode = "0440";
        sops.secrets.alice-password.mode = "4755";
      }
    ];
    owner-that-is-declared =
      { config, ... }:
      with' [
        (user "alice")
        {
          sops.secrets.wifi.owner = config.users.users.alice.name;
          sops.secrets.wifi.group = config.users.users.alice.group;
        }
      ];
    owner-of-another-module-with-a-group = secret {
      owner = "nextcloud";
      group = "nextcloud";
    };
    owner-and-group-by-number = secret {
      uid = 1000;
      gid = 100;
    };
    owner-by-a-number-as-text = secret {
      owner = "1000";
      group = "100";
    };
    owner-of-root-for-users = with' [
      {
        sops.secrets.alice-password = {
          owner = "root";
          group = "root";
          neededForUsers = true;
        };
      }
    ];
    owner-that-is-null = secret {
      owner = null;
      uid = 0;
    };
    passwords-of-users =
      { config, ... }:
      with' [
        (user "alice")
        {
          users.mutableUsers = false;
          users.users.alice.hashedPasswordFile = config.sops.secrets.alice-password.path;
          users.users.root.hashedPasswordFile = config.sops.secrets.alice-password.path;
          sops.secrets.alice-password.neededForUsers = true;
        }
      ];
    passwords-of-users-that-forget-to-say-so =
      { config, ... }:
      with' [
        (user "alice")
        {
          users.users.alice.hashedPasswordFile = config.sops.secrets.alice-password.path;
          sops.secrets.alice-password = { };
        }
      ];
    passwords-of-userborn =
      { config, ... }:
      with' [
        (user "alice")
        {
          services.userborn.enable = true;
          users.users.alice.hashedPasswordFile = config.sops.secrets.alice-password.path;
          sops.secrets.alice-password.neededForUsers = true;
        }
      ];
    a-private-key-in-a-home = with' [
      (user "alice")
      {
        sops.secrets.wifi = {
          path = "/home/alice/.ssh/id_ed25519";
          owner = "alice";
          mode = "0600";
        };
      }
    ];
    a-host-key-that-is-a-secret = with' [
      {
        services.openssh.enable = true;
        sops.secrets.wifi = {
          path = "/etc/ssh/ssh_host_ed25519_key";
          mode = "0600";
        };
      }
    ];
    the-age-key-of-a-home-that-is-a-secret = with' [
      (user "alice")
      {
        sops.secrets."keys/age" = {
          key = "wifi";
          owner = "alice";
          path = "/home/alice/.config/sops/age/keys.txt";
        };
      }
    ];
    a-path-in-etc = secret { path = "/etc/NetworkManager/system-connections/home.nmconnection"; };
    a-path-below-run-secrets = secret { path = "/run/secrets/other"; };
    the-same-secret-twice = with' [
      {
        sops.secrets.wifi = { };
        sops.secrets.wifi-for-app = {
          key = "wifi";
          restartUnits = [ "app.service" ];
        };
      }
    ];
    two-secrets-with-one-path = with' [
      {
        sops.secrets.wifi.path = "/etc/app/key";
        sops.secrets.alice-password.path = "/etc/app/key";
      }
    ];
    two-secrets-with-one-name = with' [
      {
        sops.secrets.wifi.name = "key";
        sops.secrets.alice-password.name = "key";
      }
    ];
    many-from-a-list =
      { lib, ... }:
      with' [
        {
          sops.secrets = lib.mkMerge [
            (lib.genAttrs [ "wifi" "alice-password" ] (_: {
              restartUnits = [ "app.service" ];
            }))
            (lib.mkIf false { nothing = { }; })
            {
              wifi.mode = lib.mkDefault "0440";
            }
          ];
        }
      ];
    units-as-people-write-them = secret {
      restartUnits = [
        "nginx"
        "podman-*.service"
        "getty@tty1.service"
      ];
      reloadUnits = [ "nginx.service" ];
    };
    units-by-their-names-in-nix =
      { config, ... }:
      with' [
        {
          systemd.services.app.serviceConfig.ExecStart = "/bin/true";
          systemd.services.app.after = [ "sops-install-secrets.service" ];
          systemd.services.app.serviceConfig.EnvironmentFile = config.sops.secrets.wifi.path;
          systemd.services.app.serviceConfig.LoadCredential = [ "wifi:${config.sops.secrets.wifi.path}" ];
          sops.secrets.wifi.restartUnits = [ config.systemd.services.app.name or "app.service" ];
        }
      ];
    templates =
      { config, ... }:
      with' [
        (user "alice")
        {
          sops.secrets.wifi = { };
          sops.secrets."database/password" = { };
          sops.templates."app.env" = {
            content = ''
              A=${config.sops.placeholder.wifi}
              B=${config.sops.placeholder."database/password"}
            '';
            owner = "alice";
            mode = "0400";
            restartUnits = [ "app.service" ];
          };
          sops.templates.json.content = builtins.toJSON { token = config.sops.placeholder.wifi; };
          sops.templates."at-a-path" = {
            content = config.sops.placeholder.wifi;
            path = "/etc/app/config";
          };
        }
      ];
    a-template-of-a-file =
      { pkgs, config, ... }:
      with' [
        {
          sops.secrets.wifi = { };
          sops.templates.conf.file = pkgs.writeText "conf" "x=${config.sops.placeholder.wifi}";
        }
      ];
    a-template-without-secrets = with' [
      {
        sops.secrets.wifi = { };
        sops.templates.plain.content = "plain";
      }
    ];
    a-template-that-is-not-read = with' [
      {
        sops.secrets.wifi = { };
        sops.templates.app.restartUnits = [ "app.service" ];
      }
    ];
    a-template-of-a-password-of-users =
      { config, ... }:
      with' [
        {
          sops.secrets.wifi = { };
          sops.secrets.alice-password.neededForUsers = true;
          sops.templates.app.content = "p=${config.sops.placeholder.alice-password}";
        }
      ];
    containers =
      { config, ... }:
      with' [
        {
          sops.secrets.wifi = { };
          containers.web.bindMounts."/run/secrets/wifi" = {
            hostPath = config.sops.secrets.wifi.path;
            isReadOnly = true;
          };
          virtualisation.oci-containers.containers.app = {
            image = "app";
            environmentFiles = [ config.sops.secrets.wifi.path ];
            volumes = [ "${config.sops.secrets.wifi.path}:/run/secret:ro" ];
          };
        }
      ];
    a-secret-in-etc =
      { config, ... }:
      with' [
        {
          sops.secrets.wifi = { };
          environment.etc.wifi.source = config.sops.secrets.wifi.path;
        }
      ];
    a-secret-for-a-mount =
      { config, ... }:
      with' [
        {
          sops.secrets.wifi = { };
          fileSystems."/mnt/share" = {
            device = "//nas/share";
            fsType = "cifs";
            options = [
              "x-systemd.automount"
              "noauto"
              "credentials=${config.sops.secrets.wifi.path}"
            ];
          };
        }
      ];
    scripts-that-wait-for-secrets =
      { config, lib, ... }:
      with' [
        {
          sops.secrets.wifi = { };
          system.activationScripts.app = lib.mkIf true {
            deps = [ "setupSecrets" ];
            text = "cat ${config.sops.secrets.wifi.path}";
          };
          system.activationScripts.setupSecrets.deps = [ "etc" ];
        }
      ];
    units-asked-for = with' [
      {
        sops.useSystemdActivation = true;
        sops.secrets.wifi = { };
        sops.secrets.alice-password.neededForUsers = true;
      }
    ];
    quiet-and-few = with' [
      {
        sops.log = [ "secretChanges" ];
        sops.keepGenerations = 0;
        sops.useTmpfs = true;
        sops.secrets.wifi = { };
      }
    ];
    variables-and-plugins =
      { pkgs, ... }:
      with' [
        {
          sops.environment.SOPS_GPG_EXEC = "/bin/gpg";
          sops.environment.HOME = "/var/empty";
          sops.age.plugins = [ pkgs.age-plugin-tpm ];
          sops.secrets.wifi = { };
        }
      ];
    an-order-of-ones-own = with' [
      {
        sops.secrets.wifi = { };
        systemd.services.sops-install-secrets.after = [ "network-online.target" ];
        systemd.services.sops-install-secrets.wants = [ "network-online.target" ];
      }
    ];
  };

  home-manager = {
    key-in-the-home =
      { config, ... }:
      {
        sops.age.keyFile = "${config.home.homeDirectory}/.config/sops/age/keys.txt";
        sops.defaultSopsFile = sopsFile;
        sops.secrets.wifi.path = "${config.home.homeDirectory}/.ssh/id_ed25519";
        sops.secrets.alice-password = { };
      };
    ssh-key-of-the-user =
      { config, ... }:
      {
        sops.age.sshKeyPaths = [ "${config.home.homeDirectory}/.ssh/id_ed25519" ];
        sops.secrets.wifi = {
          inherit sopsFile;
          mode = "0600";
        };
      };
    host-key = {
      sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
      sops.defaultSopsFile = sopsFile;
      sops.secrets.wifi = { };
    };
    gnupg-home-with-a-tilde = {
      sops.gnupg.home = "~/.gnupg";
      sops.gnupg.sshKeyPaths = [ ];
      sops.defaultSopsFile = "${sopsFile}";
      sops.secrets.wifi.path = "%r/openai_api_key";
    };
    generated-key =
      { config, ... }:
      {
        sops.age.keyFile = "${config.xdg.configHome}/sops/age/keys.txt";
        sops.age.generateKey = true;
        sops.defaultSopsFile = sopsFile;
        sops.validateSopsFiles = false;
        sops.secrets.wifi = { };
      };
    templates-in-the-home =
      { config, ... }:
      {
        sops.age.keyFile = "/home/alice/keys.txt";
        sops.defaultSopsFile = sopsFile;
        sops.secrets.wifi = { };
        sops.templates.auth = {
          path = "${config.home.homeDirectory}/.app/auth.json";
          mode = "0600";
          content = ''{"key": "${config.sops.placeholder.wifi}"}'';
        };
      };
    paths-of-ones-own = {
      sops.age.keyFile = "/home/alice/keys.txt";
      sops.defaultSopsFile = sopsFile;
      sops.defaultSymlinkPath = "/run/user/1000/secrets";
      sops.defaultSecretsMountPoint = "/run/user/1000/secrets.d";
      sops.secrets.wifi = { };
    };
  };

  nix-darwin = {
    key-of-a-user = {
      sops.defaultSopsFile = sopsFile;
      sops.age.keyFile = "/Users/alice/.config/sops/age/keys.txt";
      sops.secrets.wifi = { };
    };
    host-key = {
      sops.defaultSopsFile = sopsFile;
      sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
      sops.secrets.wifi.mode = "0440";
    };
  };
}
