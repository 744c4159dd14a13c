"""Keys and certificates for the tests, good ones and bad ones."""
import os
import subprocess

NOW = ("-days", "2")
PAST = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
FUTURE = ("-startdate", "20900101000000Z", "-enddate", "20910101000000Z")
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
ELSE = "basicConstraints=CA:FALSE\n"


class Authority:
    """Makes keys and certificates with the openssl command, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")  # one key is enough for all
        with open(self.path("ca.cnf"), "w", encoding="ascii") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\n"
                       "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
        open(self.path("index.txt"), "w", encoding="ascii").close()
        self.serial = 1000

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def make(self, name, subject, extensions, issuer=None, when=NOW):
        """NAME.pem, issued by ISSUER.pem or by itself."""
        self.serial += 1
        for file, text in (("serial", f"{self.serial}\n"), ("ext.cnf", extensions)):
            with open(self.path(file), "w", encoding="ascii") as out:
                out.write(text)
        self.openssl("req", "-new", "-key", "key.pem", "-subj", f"/CN={subject}", "-out", "request.csr")
        sign = ("-cert", issuer + ".pem") if issuer else ("-selfsign",)
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", "request.csr", "-keyfile", "key.pem", *sign, "-extfile",
                     "ext.cnf", *when, "-out", name + ".pem")
        return self.path(name + ".pem")
