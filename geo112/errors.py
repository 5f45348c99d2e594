"""A refusal, worded for the person at the desk, with a stable code for programs."""


class DomainError(Exception):
    """Something asked for that the rules refuse.

    Args:
        code: stable, snake_case; screens and clients may act on it.
        words_id: the sentence in Indonesian.
        words_en: the sentence in English.
        status: the HTTP status it is answered with.
    """

    def __init__(self, code: str, words_id: str, words_en: str, status: int = 422) -> None:
        super().__init__(words_en)
        self.code = code
        self.words_id = words_id
        self.words_en = words_en
        self.status = status

    def words(self, language: str) -> str:
        return self.words_en if language == "en" else self.words_id


class NotFoundError(DomainError):
    def __init__(self, what_id: str, what_en: str) -> None:
        super().__init__(
            "not_found",
            f"{what_id[:1].upper()}{what_id[1:]} tidak ditemukan.",
            f"There is no such {what_en}.",
            404,
        )


class ConflictError(DomainError):
    """Somebody or something was faster, or the state does not allow it."""

    def __init__(self, code: str, words_id: str, words_en: str) -> None:
        super().__init__(code, words_id, words_en, 409)


class ForbiddenError(DomainError):
    def __init__(
        self,
        code: str = "role_may_not",
        words_id: str = "Peran Anda tidak boleh melakukan ini.",
        words_en: str = "Your role may not do this.",
    ) -> None:
        super().__init__(code, words_id, words_en, 403)


class NotSignedInError(DomainError):
    def __init__(self) -> None:
        super().__init__("not_signed_in", "Silakan masuk dahulu.", "Please sign in first.", 401)
