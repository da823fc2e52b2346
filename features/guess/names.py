"""What shops call the columns of the four tables."""

from __future__ import annotations

_CUSTOMER = (
    "customerid customer custid clientid client memberid member "
    "customerno customernumber customernr customercode custcode clientno clientnumber "
    "customeremail buyeremail userid user buyerusername nutzernamedeskaufers "
    "memberno membernumber msno "
    "householdid household householdkey customerkey custkey customersk buyerid buyer "
    "accountid account accountno accountnumber shopperid donorid donorno donornr donornumber "
    "donor supporterid supporterref supporter traderid trader cardid "
    "loyaltynumber loyaltycardnumber loyaltycard loyaltyid cardnumber cardno "
    "membershipnumber membershipid "
    "patientid guestid contactid subjectid patronid borrowerid studentid debtor debtorno "
    "debitor debitornr debitorennummer debitorennr kartennummer kundennummer kundennr kundenid "
    "kunde codeclient "
    "numeroclient cliente clienteid idcliente codigocliente codicecliente klantnummer klant "
    "kundenummer kundenr kundnummer kundnr kund numerklienta klient номерклиента клиент "
    "顧客番号 顧客id 会員番号 会員id 客户编号 客户id 会员编号 会员id 用户id 고객번호 회원번호"
)
_MAIL = "email emailaddress emailadresse"

NAMES: dict[str, dict[str, str]] = {
    "orders": {
        "customer_id": f"{_CUSTOMER} {_MAIL}",
        "order_id": "orderid orderkey invoiceno invoice invoiceid invoicenumber orderno "
        "ordernumber order incrementid basketid basket transactionid transaction visitid receiptid "
        "receipt receiptnumber receiptno "
        "saleid giftid donationid txnid tradeid paymentid purchaseid bookingid bestellnummer "
        "bestellnr auftragsnummer auftragsnr auftrag belegnummer belegnr beleg rechnungsnummer "
        "rechnungsnr rechnung bonnummer bonnr bon bestellung "
        "numerocommande commande numerofacture facture numeropedido pedido factura numeroordine "
        "ordine ordernummer bestelling transaktionscode transaktionsnummer "
        "ordrenummer ordrenr numerzamowienia zamowienie номерзаказа заказ "
        "注文番号 注文id 订单编号 订单号 订单id 주문번호",
        "ordered_at": "orderedat orderdate invoicedate purchasedat purchasedate transactiondate "
        "transactiondt transactiontimestamp txndate txntime ordertimestamp saledate giftdate "
        "donationdate bookingdate tradedat tradedate paymentdate checkin chargedat paidat "
        "createdat datecreated created createddate datetime timestamp ts date time "
        "bestelldatum bestellzeit bestellzeitpunkt auftragsdatum rechnungsdatum kaufdatum "
        "belegdatum datum datecommande datedecommande fechapedido fecha dataordine datapedido "
        "datadopedido datazamowienia data besteldatum "
        "orderdatum ordredato датазаказа дата 注文日時 注文日 購入日時 購入日 下单时间 订单日期 "
        "주문일시 주문일",
        "amount": "amount linetotal lineamount ordertotal totalamount grandtotal totalprice "
        "extendedprice totaldue total netsales salesvalue dollarvalue transactionvalue ordervalue "
        "purchasevalue paymentvalue amountpaid transactionamt revenue sales paid payment gross "
        "spend betrag gesamtbetrag rechnungsbetrag positionswert warenwert bestellwert umsatz "
        "gesamtpreis gesamt summe montanttotal montant importetotal importe "
        "importototale importo bedrag totaalbedrag totaal brutto valortotal valor kwota suma "
        "belopp summa belob сумма 合計金額 注文金額 合計 金額 订单金额 总金额 金额 주문금액 금액",
        "quantity": "quantity qty units pieces menge anzahl stuckzahl quantite cantidad quantita "
        "aantal quantidade ilosc antal количество 数量 수량",
        "price": "unitprice priceeach itemprice price einzelpreis stuckpreis preis prixunitaire "
        "prix preciounitario precio prezzounitario prezzo prijs precounitario preco cena pris "
        "цена 単価 单价 단가",
        "discount": "discountamount discountvalue discount rabatt remise descuento sconto korting",
        "category": "category productcategory itemcategory department warengruppe kategorie "
        "categorie categoria",
        "product_id": "productid productkey stockcode sku itemid articleid productcode asin "
        "product artikelnummer artikel produktid produkt produit producto prodotto",
        "channel": "channel saleschannel store storeid shop kanal filiale canal",
        "is_return": "isreturn isrefund returned refunded retoure ruckgabe",
        "currency": "currency currencycode wahrung devise moneda valuta",
    },
    "engagement": {
        "customer_id": f"{_CUSTOMER} username userpseudoid visitorid visitor subscriberid "
        "reviewerid reviewer playerid contributor author maintainer committer uploader player "
        f"steamid personid person listenerid listener viewerid viewer fromuser fromuserid rater "
        f"raterid {_MAIL}",
        "occurred_at": "occurredat eventtime eventtimestamp eventdate happenedat loggedat "
        "submittedat openedat createdat datecreated timestampcreated reviewtime rentaldate "
        "dateadded sessionstart created createddate timestamp ts datetime date time "
        "zeitpunkt zeitstempel datum fecha data",
        "kind": "kind eventtype eventname event action activitytype activity transactiontype "
        "txntype type page ereignis aktion ereignistyp",
        "value": "value stars rating overall score recommended points pointsaccumulated",
        "detail": "detail details properties description",
    },
    "customers": {
        "customer_id": f"{_CUSTOMER} objectid subscriberid id",
        "signed_up_at": "signedupat signupdate signupat registeredat registrationdate joinedat "
        "joindate joined membersince customersince subscribedat enrolledat enrolled "
        "enrollmentdate enrolmentdate enrollmentyear contractstart startdate issuedat issuedate "
        "dateissued issued startedat createdat "
        "creationtime creationdate datecreated createddate created "
        "registrierungsdatum anmeldedatum angelegtam registriertam kundeseit mitgliedseit",
        "acquired_by": "acquiredby acquisitionchannel acquisitionsource creationsource source",
        "referred_by": "referredby referrerid referrer invitedbyuserid invitedby geworbenvon",
        "profiling_allowed": "profilingallowed profilingconsent profilingerlaubt "
        "profilingeinwilligung",
        "marketing_allowed": "marketingallowed marketingoptin acceptsmarketing emailoptin optin "
        "acceptsemailmarketing emailmarketing marketingconsent newsletter optedintomailinglist "
        "werbungerlaubt werbeerlaubnis werbeeinwilligung",
        "email_sha256": "emailsha256 hashedemail emailhash",
        "valid_from": "validfrom validsince effectivefrom effectivedate changedat changedon "
        "changedate datechanged dateofchange since gultigab gultigseit geandertam anderungsdatum "
        "seit depuis desde vanaf geldigvanaf",
    },
    "contacts": {
        "customer_id": "customerid customer custid clientid userid memberid householdid contactid",
        "campaign": "campaign campaignid campaignname",
        "contacted_at": "contactedat sentat contactdate sentdate timestamp date time",
        "arm": "arm treatmentgroup testgroup",
        "cost": "cost contactcost",
        "ask": "ask",
    },
}
"""For each column of a table its usual names, the likeliest first, in small letters and digits
without accents: in English, then as German, French, Spanish, Italian and Dutch shops call them,
and orders as Portuguese, Swedish, Danish, Polish, Russian, Japanese, Chinese and Korean ones do.

``price`` is not a column: it makes an amount of a quantity. ``valid_from`` is one where customers
have attributes (`features.guess.attributes`).
"""

EVENTS: dict[str, str] = {
    "site_visited": "visit sitevisit visited session sessionstart sessionstarted pageview viewpage",
    "app_opened": "appopen openapp openedapp appopened firstopen login loggedin signin",
    "cart_added": "addtocart addcart addedtocart cartadd productadded itemaddedtocart cart",
    "coupon_redeemed": "couponredemption redeemcoupon couponused couponapplied",
    "points_earned": "earn earned accrual pointsaccrued",
    "points_redeemed": "redeem redeemed redemption pointsspent",
    "ticket_opened": "ticket ticketcreated complaint supportticket supportchat",
    "email_sent": "emailsend sentemail emaildelivered receivedemail",
    "email_opened": "emailopen openedemail openemail",
    "email_clicked": "emailclick clickedemail clickemail",
    "email_unsubscribed": "unsubscribe unsubscribed emailunsubscribe",
    "nps": "npsscore npssurvey npsanswered npsanswer surveynps npsresponse npssubmitted",
    "csat": "csatscore csatsurvey csatanswered csatresponse csatsubmitted",
    "reviewed": "review reviewsubmitted reviewposted submittedreview productreviewed apprating "
    "apprated ratedapp ratingsubmitted",
    "referred": "refer referral invite invited inviteafriend invitedfriend invitedafriend "
    "friendinvited friendreferred referredfriend invitesent referralsent",
    "shared": "share tweet productshared sharedproduct sharedlink linkshared",
    "subscribed": "subscribe subscription subscriptionstarted subscriptioncreated",
    "cancelled": "cancellationconfirmation cancel canceled cancellation subscriptioncancelled "
    "subscriptioncanceled subscriptionended membershipcancelled membershipcanceled "
    "membershipended accountclosed churned churn",
}
"""For kinds of engagement with a meaning what event logs call them, the likeliest first."""

CANCELLED_AT = (
    "cancelledat canceledat cancelledon canceledon cancelleddate canceleddate cancellationdate "
    "canceldate cancellationyear dateofcancellation datecancelled datecanceled cancelled "
    "canceled terminatedat terminationdate terminatedon churnedat churnedon churndate gekundigtam "
    "kundigungsdatum gekundigtzum"
)
"""What files of customers call the date on which a subscription ended."""

PURCHASE_EVENTS = (
    "purchase purchased order ordered ordercompleted completedorder orderplaced placedorder "
    "checkoutcompleted transaction buy bought sale"
)
"""What event logs call a purchase."""

REFUNDED = (
    *("refund", "return", "fullyrefund", "fullyreturn", "chargeback", "chargedback", "reversed"),
    *("erstattet", "ruckerstattet", "zuruckgesendet", "retour", "rembours", "reembols", "devuelt"),
    *("rimbors", "terugbetaald"),
)
"""How the statuses begin of orders for which money was given back."""

UNDONE_STATUSES = (
    *("cancel", "annul", "anul", "void", "fail", "declin", "refus", "denied", "reject", "block"),
    *("draft", "checkoutdraft", "trash", "abandon", "abort", "expire", "error", "invalid", "fraud"),
    *("unpaid", "notpaid", "paymentpending", "pendingpayment", "paymenterror", "paymentfailed"),
    *("paymentdeclined", "paymentdue", "incomplete", "uncaptured", "uncollectible", "requires"),
    *("storn", "fehlgeschlagen", "abgebrochen", "abgelehnt", "zuruckgewiesen", "nichtbezahlt"),
    *("unbezahlt", "entwurf", "verfallen", "impaye", "nonpaye", "echou", "brouillon", "fallid"),
    *("rechazad", "nopagad", "impagad", "borrador", "fallit", "rifiutat", "nonpagat", "bozza"),
    *("geannuleerd", "mislukt", "geweigerd", "nietbetaald", "onbetaald", "verlopen"),
)
"""How the statuses begin of other orders that did not come about or were undone."""

OPEN_STATUSES = (
    *("pending", "onhold", "hold", "held", "open", "await", "authori", "pastdue", "unclaimed"),
    *("paymentreview", "dispute", "offen", "ausstehend", "wartend", "vorgemerkt", "enattente"),
    *("pendiente", "inattesa", "openstaand", "inafwachting"),
)
"""How the statuses begin of orders that may be paid yet, or may never be."""
