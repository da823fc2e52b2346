"""What shops call the columns of the four tables."""

from __future__ import annotations

NAMES: dict[str, dict[str, str]] = {
    "orders": {
        "customer_id": "customerid customer custid clientid client userid user memberid "
        "householdid household buyerid accountid shopperid contactid",
        "order_id": "orderid invoiceno invoice invoiceid invoicenumber orderno ordernumber order "
        "basketid basket transactionid receiptid receipt saleid",
        "ordered_at": "orderedat orderdate invoicedate purchasedat purchasedate transactiondate "
        "transactiontimestamp ordertimestamp saledate createdat datetime timestamp date time",
        "amount": "amount linetotal lineamount ordertotal totalamount grandtotal totalprice total "
        "salesvalue revenue sales paid payment spend",
        "quantity": "quantity qty units pieces",
        "price": "unitprice priceeach itemprice price",
        "discount": "discountamount discountvalue discount",
        "category": "category productcategory itemcategory department",
        "product_id": "productid stockcode sku itemid articleid productcode asin product",
        "channel": "channel saleschannel store storeid shop",
        "is_return": "isreturn isrefund returned refunded",
        "currency": "currency currencycode",
    },
    "engagement": {
        "customer_id": "customerid customer custid clientid userid user memberid householdid "
        "accountid contactid visitorid",
        "occurred_at": "occurredat eventtime eventdate eventtimestamp happenedat loggedat "
        "createdat timestamp datetime date time",
        "kind": "kind eventtype eventname event action activitytype type",
        "value": "value stars rating score",
        "detail": "detail details properties description",
    },
    "customers": {
        "customer_id": "customerid customer custid clientid userid memberid householdid accountid "
        "objectid id",
        "signed_up_at": "signedupat signupdate signupat registeredat registrationdate joinedat "
        "joindate membersince createdat creationtime creationdate",
        "acquired_by": "acquiredby acquisitionchannel acquisitionsource creationsource source",
        "referred_by": "referredby referrerid referrer invitedbyuserid invitedby",
        "profiling_allowed": "profilingallowed profilingconsent",
        "marketing_allowed": "marketingallowed marketingoptin acceptsmarketing emailoptin optin "
        "newsletter optedintomailinglist",
        "email_sha256": "emailsha256 hashedemail emailhash",
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
"""For each column of a table its usual names, the likeliest first, in small letters and digits.

``price`` is not a column: it makes an amount of a quantity.
"""
