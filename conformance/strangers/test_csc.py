"""CSC API v2: `pyHanko` signs a PDF through it, and validates what came out."""

import asyncio
import base64
import io
import json
import os
from pathlib import Path

import aiohttp
import pytest
from asn1crypto import x509
from conftest import Signer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.pdf_utils import generic
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import csc_signer
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext


class CscSigner(Signer):
    KEY = "acme/documents"
    SETTINGS = {"SPLITSIGN__DROPINS__CSC": "true"}


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    signer = CscSigner(Path(os.environ["SPLITSIGN_BIN"]), tmp_path_factory.mktemp("csc"))
    yield signer
    signer.stop()


@pytest.fixture(scope="module")
def pdf():
    """One page with one line of text."""
    writer = PdfFileWriter()
    font = generic.DictionaryObject(
        {generic.pdf_name("/Type"): generic.pdf_name("/Font"), generic.pdf_name("/Subtype"): generic.pdf_name("/Type1")}
        | {generic.pdf_name("/BaseFont"): generic.pdf_name("/Helvetica")}
    )
    resources = generic.DictionaryObject(
        {generic.pdf_name("/Font"): generic.DictionaryObject({generic.pdf_name("/F1"): writer.add_object(font)})}
    )
    content = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 24 Tf 72 700 Td (I agree.) Tj ET"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 595, 842), resources=resources))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class Authorize(csc_signer.CSCAuthorizationManager):
    """Asks for SAD for the very hashes that are about to be signed."""

    def __init__(self, session, *arguments):
        super().__init__(*arguments)
        self.session, self.granted = session, []

    async def authorize_signature(self, hash_b64s):
        url = self.csc_session_info.endpoint_url("credentials/authorize")
        body = self.format_csc_auth_request(hash_b64s=hash_b64s)
        async with self.session.post(url, headers=self.auth_headers, json=body, raise_for_status=True) as response:
            self.granted.append(self.parse_csc_auth_response(await response.json()))
        return self.granted[-1]


def session_info(signer, token=None, key=None):
    return csc_signer.CSCServiceSessionInfo(signer.url, key or signer.KEY, token or signer.token, api_ver="v2")


async def sign(signer, pdf, token=None, authorize=Authorize):
    """The signed document, its chain, and what authorized it."""
    async with aiohttp.ClientSession() as session:
        about = session_info(signer, token)
        credential = await csc_signer.fetch_certs_in_csc_credential(session, about)
        manager = authorize(session, about, credential)
        remote = csc_signer.CSCSigner(session, manager)
        metadata = signers.PdfSignatureMetadata(field_name="Signature", md_algorithm="sha256")
        out = io.BytesIO()
        await signers.PdfSigner(metadata, signer=remote).async_sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out
        )
        return out.getvalue(), credential, manager


def validate(document, roots):
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    [signature] = PdfFileReader(io.BytesIO(document)).embedded_signatures
    # Development certificates are for digital signatures; whether they bind a person is not for them to say.
    usage = KeyUsageConstraints(key_usage={"digital_signature"})
    return validate_pdf_signature(signature, context, key_usage_settings=usage)


def test_a_pdf_is_signed_and_valid(signer, pdf):
    document, credential, _ = asyncio.run(sign(signer, pdf))
    status = validate(document, credential.chain)
    assert status.bottom_line, status.pretty_print_details()
    assert status.intact and status.valid and status.trusted
    assert status.signing_cert.subject.native["common_name"] == signer.KEY
    assert not validate(document, []).trusted, "the root is what makes it trusted"


def test_a_pdf_that_was_changed_is_not(signer, pdf):
    document, credential, _ = asyncio.run(sign(signer, pdf))
    assert document.count(b"I agree.") == 1
    status = validate(document.replace(b"I agree.", b"I refus."), credential.chain)
    assert not status.intact and not status.bottom_line


def test_a_login_needs_sad_for_these_hashes_and_has_it_once(signer, pdf):
    login = signer.run("token", "create", "--tenant", "acme", "--all-keys").stdout.strip()
    document, credential, manager = asyncio.run(sign(signer, pdf, login))
    assert validate(document, credential.chain).bottom_line

    async def replay():
        async with aiohttp.ClientSession() as session:
            about = session_info(signer, login)
            used = csc_signer.PrefetchedSADAuthorizationManager(about, credential, manager.granted[0])
            await csc_signer.CSCSigner(session, used).async_sign_raw(b"something else", "sha256")

    with pytest.raises(SigningError):
        asyncio.run(replay())


def test_credentials_of_others_are_not_there(signer):
    signer.run("keys", "create", "umbrella/documents")

    async def fetch(token, key):
        async with aiohttp.ClientSession() as session:
            return await csc_signer.fetch_certs_in_csc_credential(session, session_info(signer, token, key))

    for token, key in [(signer.token, "umbrella/documents"), (signer.token, "acme/none"), ("sst_0_A", signer.KEY)]:
        with pytest.raises(SigningError):
            asyncio.run(fetch(token, key))


def test_names_and_times_are_those_of_the_certificate(signer):
    status, _, body = signer.request("/csc/v2/credentials/info", {"credentialID": signer.KEY, "certInfo": True})
    assert status == 200, body
    cert = json.loads(body)["cert"]
    leaf = x509.Certificate.load(base64.b64decode(cert["certificates"][0]))
    assert int(cert["serialNumber"], 16) == leaf.serial_number
    assert cert["validFrom"] == leaf.not_valid_before.strftime("%Y%m%d%H%M%SZ")
    assert cert["validTo"] == leaf.not_valid_after.strftime("%Y%m%d%H%M%SZ")
    assert f"CN={leaf.subject.native['common_name']}" in cert["subjectDN"]
    assert f"CN={leaf.issuer.native['common_name']}" in cert["issuerDN"]
