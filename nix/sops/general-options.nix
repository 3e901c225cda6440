# Options that the NixOS, home-manager and nix-darwin modules have in common.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;
in
{
  defaultSopsFile = mkOption {
    type = types.path;
    example = lib.literalExpression "./secrets/example.yaml";
    description = "The sops file of every secret that names none itself.";
  };

  defaultSopsFormat = mkOption {
    type = types.enum [
      "yaml"
      "json"
      "binary"
      "dotenv"
      "ini"
    ];
    default = "yaml";
    example = "json";
    description = "The format of every sops file whose secret names none itself.";
  };

  defaultSopsKey = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "";
    description = ''
      The key of every secret that names none itself. Null stands for the name of the secret, and `""` for the whole
      file. Binary files have no keys.
    '';
  };

  validateSopsFiles = mkOption {
    type = types.bool;
    default = true;
    example = false;
    description = ''
      Whether the sops files are checked while the system is built: that they exist, that they are well formed, that
      the keys are in them, and, where the machine's public key is known, that they are encrypted for it. The files
      have to be in the Nix store.
    '';
  };

  keepGenerations = mkOption {
    type = types.ints.unsigned;
    default = 1;
    example = 3;
    description = "How many generations of secrets are kept, the current one included. 0 keeps all of them.";
  };

  log = mkOption {
    type = types.listOf (
      types.enum [
        "keyImport"
        "secretChanges"
      ]
    );
    default = [
      "keyImport"
      "secretChanges"
    ];
    example = [ "secretChanges" ];
    description = "What is reported: the keys that are in use, and the names of the secrets that changed.";
  };

  environment = mkOption {
    type = types.attrsOf (types.either types.str types.path);
    default = { };
    example = lib.literalExpression ''{ TMPDIR = "/run"; }'';
    description = ''
      Environment variables for the program that installs the secrets. In an activation script the values stand in
      single quotes and are not escaped any further.
    '';
  };

  package = mkOption {
    type = types.package;
    default = (import ../packages.nix { inherit pkgs; }).hostseal-agent;
    defaultText = lib.literalExpression "hostseal.packages.\${system}.hostseal-agent";
    example = lib.literalExpression "inputs.sops-nix.packages.\${system}.sops-install-secrets";
    description = "The package whose `bin/sops-install-secrets` installs the secrets.";
  };

  onFailure = mkOption {
    type = types.enum [
      "keep"
      "omit"
      "abort"
    ];
    default = "keep";
    example = "abort";
    description = ''
      What happens to a secret that cannot be opened. `keep` keeps its last good value if there is one, `omit` leaves
      the secret out, `abort` installs nothing at all. In every case the unit fails and names the secret.
    '';
  };

  bindings = mkOption {
    type = types.enum [
      "off"
      "warn"
      "require"
    ];
    default = "warn";
    example = "require";
    description = ''
      What happens to a secret whose file is not bound to its place in the repository and to its readers, as `hostseal`
      binds what it writes. `warn` installs it with a warning, `require` fails it as if it could not be opened, `off`
      does not look. A file that was sealed for another place fails unless it is `off`. Secrets without
      {option}`sops.secrets.<name>.place` are not looked at, and fail with `require`.
    '';
  };

  machineRecipients = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = lib.literalExpression "[ config.programs.ssh.knownHosts.web.publicKey ]";
    description = ''
      The public keys of this machine: `age1…`, or the line of an SSH host key. Where they are known, a build fails
      if a file is not encrypted for one of them. They are known from {option}`sops.repository`, and on NixOS from
      {option}`programs.ssh.knownHosts`, where the machine itself has an entry for each of its host keys and no other kind
      of key.
    '';
  };

  standIn = mkOption {
    type = types.bool;
    default = false;
    example = true;
    description = ''
      Whether secrets are made up where no key opens any of them: for virtual machines, tests and CI, which have no keys.
      Everybody knows such values. They have the shape of the real ones: the keys of the sops file, each with a value of
      its type; {option}`sops.secrets.<name>.standIn` says another one. Every run warns of them. Where a key opens a
      secret, or one that a key opened is installed, nothing is made up. On NixOS `build-vm` sets it:
      {option}`virtualisation.vmVariant`.
    '';
  };

  placeholder = mkOption {
    type = types.attrsOf (
      types.mkOptionType {
        name = "coercibleToString";
        description = "value that can be coerced to string";
        check = lib.strings.isConvertibleWithToString;
        merge = lib.mergeEqualOption;
      }
    );
    default = { };
    visible = false;
    description = "The texts that stand for secrets in templates, by the attribute name of the secret.";
  };

  placeholderAs = mkOption {
    type = types.attrsOf (types.attrsOf types.str);
    readOnly = true;
    visible = false;
    description = "The same for values that are written for a reader: by the name of a filter, then as `placeholder`.";
  };
}
