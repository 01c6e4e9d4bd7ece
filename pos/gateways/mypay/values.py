"""MyPay's value tables (document 1.0.6, 值的定義) as enums; each docstring has the document's heading."""

from __future__ import annotations

from enum import Enum


class TransactionMode(Enum):
    """『交易服務類型』值內容."""

    NOT_YET = "0"
    COLLECTED = "1"
    OWN_CONTRACT = "2"


class IdKind(Enum):
    """『證號類型』值內容."""

    NATIONAL = "1"
    RESIDENT = "2"
    PASSPORT = "3"


class Currency(Enum):
    """『幣別類型』值內容."""

    TWD = "TWD"
    CNY = "CNY"


class Dcc(Enum):
    """『自動換匯』值內容."""

    OFF = "0"
    ON = "1"


class Regular(Enum):
    """『分期類型定義』值內容: how often a direct debit is charged."""

    WEEKLY = "W"
    FORTNIGHTLY = "F"
    MONTHLY = "M"
    QUARTERLY = "S"
    HALF_YEARLY = "H"
    YEARLY = "A"
    ONCE = "O"


class QuickPay(Enum):
    """『啟用快速結帳』值內容."""

    OFF = "0"
    ON = "1"


class Wallet(Enum):
    """『啟用電子錢包』值內容."""

    OFF = "0"
    ON = "1"


class WalletMode(Enum):
    """『電子錢包執行類型』值內容."""

    FOREGROUND = "1"
    BACKGROUND = "2"


class TransactionType(Enum):
    """『交易類型』值內容."""

    ONLINE = "1"
    IN_PERSON = "2"


class IssueInvoice(Enum):
    """『電子發票是否開立狀態』值內容."""

    NO = "0"
    YES = "1"
    AS_SET_UP = "2"


class RateType(Enum):
    """『電子發票稅率別』值內容."""

    TAXED = "1"
    ZERO = "2"
    FREE = "3"


class InputType(Enum):
    """『電子發票開立類型』值內容. PHYSICAL is not used with a payment page: the customer chooses there."""

    CLOUD = "1"
    DONATION = "2"
    PHYSICAL = "3"


class CloudType(Enum):
    """『雲端發票類型』值內容."""

    MOBILE = "2"
    CERTIFICATE = "3"
    EMAIL = "4"


class Fixed(Enum):
    """『電子發票欄位異動』值內容: whether the customer may change a field of the invoice."""

    CHANGEABLE = "0"
    FIXED = "1"


class SmsFee(Enum):
    """『含不含簡訊費』值內容; the document prints the labels of 手續費."""

    WITHOUT = "0"
    WITH = "1"


class ChargeFee(Enum):
    """『含不含手續費類型』值內容."""

    WITHOUT = "0"
    WITH = "1"


class AgentCharge(Enum):
    """『是否為經銷商代收費模式』值內容."""

    NO = "0"
    YES = "1"


class Capture(Enum):
    """『信用卡授權請款模式類型』值內容."""

    BY_HAND = "0"
    AUTOMATIC = "1"


class Interface(Enum):
    """消費者操作介面類型, in 『PayPage金流交易』欄位."""

    PC = "pc"
    APP = "app"


class Shipment(Enum):
    """『後付款送貨資訊』值內容."""

    HOME = "2"
    STORE_TO_STORE = "4"


class Store(Enum):
    """『後付款超商取貨』值內容."""

    SEVEN_ELEVEN = "1"
    FAMILY_MART = "2"


class TransKind(Enum):
    """『交易類型定義』值內容: ``trans_type`` of an answer."""

    ORDINARY = "1"
    INSTALMENT = "2"
    BONUS = "3"


class ResultType(Enum):
    """『閘道內容回傳格式類型』值內容."""

    UNKNOWN = "0"
    ADDRESS = "1"
    HYPERLINK = "2"
    XML = "3"
    JSON = "4"
    CSV = "5"
    STREAM = "6"


class TitleType(Enum):
    """『電子發票紙本列印標題類型』值內容."""

    TEXT = "1"
    PICTURE = "2"


class Bonus(Enum):
    """『紅利資訊類型』值內容."""

    WHOLE = "1"
    PART = "2"


class CardBrand(Enum):
    """『信用卡別類型』值內容."""

    UNKNOWN = "0"
    VISA = "1"
    MASTERCARD = "2"
    JCB = "3"
    AMEX = "4"


class PrintType(Enum):
    """『電子發票列印類型』值內容."""

    NONE = "0"
    PROOF_AND_DETAIL = "1"
    PROOF = "2"
    DETAIL = "3"


class PrintDevice(Enum):
    """『電子發票列印設備』值內容."""

    OWN = "0"
    SUNMI_V2_PRO = "1"


class PayMethod(Enum):
    """『付款方式』值內容; the document has lost the value WECHAT."""

    ALL = "all"
    MOBILE_PAY_ALL = "MobilePayAll"
    CREDITCARD = "CREDITCARD"
    CSTORECODE = "CSTORECODE"
    WEBATM = "WEBATM"
    E_COLLECTION = "E_COLLECTION"
    UNIONPAY = "UNIONPAY"
    SVC = "SVC"
    ABROAD = "ABROAD"
    ALIPAY = "ALIPAY"
    WECHAT = "WECHAT"
    DIRECTDEBIT = "DIRECTDEBIT"
    LINEPAYON = "LINEPAYON"
    LINEPAYOFF = "LINEPAYOFF"
    WECHATOFF = "WECHATOFF"
    APPLEPAY = "APPLEPAY"
    GOOGLEPAY = "GOOGLEPAY"
    EACH = "EACH"
    C_INSTALLMENT = "C_INSTALLMENT"
    C_REDEEM = "C_REDEEM"
    CARDLESS = "CARDLESS"
    PION = "PION"
    PIOFF = "PIOFF"
    AMEX = "AMEX"
    JKOON = "JKOON"
    JKOOFF = "JKOOFF"
    ALIPAYOFF = "ALIPAYOFF"
    M_RECHARGE = "M_RECHARGE"
    EASYWALLETON = "EASYWALLETON"
    EASYWALLETOFF = "EASYWALLETOFF"
    AFP = "AFP"
    BARCODE = "BARCODE"


class ContentKind(Enum):
    """『資料內容所屬支付名稱』值內容: the subject of ``result_content``; the document has lost the value WECHAT."""

    E_COLLECTION = "E_COLLECTION"
    IBON = "IBON"
    FAMIPORT = "FAMIPORT"
    LIFEET = "LIFEET"
    WEBATM = "WEBATM"
    CREDITCARD = "CREDITCARD"
    UNIONPAY = "UNIONPAY"
    SVC = "SVC"
    ABROAD = "ABROAD"
    ALIPAY = "ALIPAY"
    WECHAT = "WECHAT"
    LINEPAYON = "LINEPAYON"
    LINEPAYOFF = "LINEPAYOFF"
    WECHATOFF = "WECHATOFF"
    APPLEPAY = "APPLEPAY"
    GOOGLEPAY = "GOOGLEPAY"
    EACH = "EACH"
    CARDLESS = "CARDLESS"
    PION = "PION"
    PIOFF = "PIOFF"
    AMEX = "AMEX"
    JKOON = "JKOON"
    JKOOFF = "JKOOFF"
    ALIPAYOFF = "ALIPAYOFF"
    M_RECHARGE = "M_RECHARGE"
    EASYWALLETON = "EASYWALLETON"
    EASYWALLETOFF = "EASYWALLETOFF"
    AFP = "AFP"
    BARCODE = "BARCODE"


class Supplier(Enum):
    """『金流供應商代碼』值內容."""

    CHAILEASE = "A1"
    TRIPLE_ASIA = "A2"
    SHIN_KONG = "B0"
    SINOPAC = "B1"
    COOPERATIVE = "B2"
    TAIPEI_FUBON = "B3"
    E_SUN = "B4"
    TAISHIN = "B5"
    NCCC = "B6"
    TAICHUNG = "B7"
    CTBC = "B8"
    SHANGHAI = "B9"
    FIRST = "BA"
    YUANTA = "BB"
    KGI = "BC"
    CATHAY = "BD"
    HWATAI = "BE"
    MEGA = "BF"
    GLOBAL_PAYMENTS = "BG"
    FAMIPORT = "S0"
    IBON = "S1"
    HI_LIFE = "S2"
    GOLDEN_MASTER = "T0"
    NEWEBPAY = "T1"
    BLACK_CAT = "T2"
    T_STAR = "W0"
    GAMANIA = "W1"
    LINE_PAY = "W2"
    BOJING = "W3"
    JKO = "W4"
    EASYCARD = "W5"
    IPASS = "W6"
    ICASH = "W7"
    PX_PAY = "W8"
    PI = "W9"
    MYTIX = "E0"


class WalletCode(Enum):
    """『電子錢包執行狀態碼』值內容."""

    WRONG_DATA = "100"
    SYSTEM_ERROR = "400"
    DONE = "B200"
    NOT_DONE = "B500"
