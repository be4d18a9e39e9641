"""Units of outcomes.yaml that are money."""

# Units that are money: codes of ISO 4217. Other units are in capitals too: IU, BMI.
SIGNS = {"GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "INR": "₹"}
MONEY = {*SIGNS, "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "ETB", "GHS", "HKD", "HUF", "IDR"}
MONEY |= {"ILS", "ISK", "KES", "KRW", "MWK", "MXN", "MYR", "NGN", "NOK", "NZD", "PHP", "PKR", "PLN"}
MONEY |= {"RON", "RWF", "SAR", "SEK", "SGD", "THB", "TRY", "TZS", "UAH", "UGX", "VND", "ZAR", "ZMW"}


def is_money(unit: str) -> bool:
    """Return whether a unit of outcomes.yaml is a currency, by its code."""
    return unit in MONEY
